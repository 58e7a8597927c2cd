"""The gateway: a REST API, a live feed and a page. It asks no broker for anything: it enqueues."""
