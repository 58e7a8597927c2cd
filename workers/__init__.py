"""The Celery side: what runs on the queues, and when."""
