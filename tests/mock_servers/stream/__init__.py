"""Mock WebSocket servers: the older contract at ``/ws``, Kiwoom's and KIS' own beside it."""
