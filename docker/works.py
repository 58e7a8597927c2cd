"""Healthcheck of a container without a port: ``works.py worker`` or ``works.py beat``.

worker: Redis hears the heartbeat of a worker of this host. It sends one every 2 s, from the loop
that takes its messages and only while it is connected.
beat: the schedule's lock is held. Its holder renews it every second, or it is gone within 5.

Asking the worker itself (``celery inspect ping``) would load all of Celery: seconds of work a time.
"""

import base64
import json
import os
import socket
import sys
import time
from typing import Any, cast

from redis import Redis
from redis.exceptions import RedisError

SECONDS = 5.0
HEARTBEATS = "/*.celeryev/worker.heartbeat"  # kombu's name for the channel; * is the database
BEAT_LOCK = "redbeat::lock"


def worker_beats(redis: Redis, host: str) -> bool:
    """Say whether a worker of ``host`` is heard before the time is over."""
    deadline = time.monotonic() + SECONDS
    with cast("Any", redis).pubsub(ignore_subscribe_messages=True) as heard:
        heard.psubscribe(HEARTBEATS)
        while (left := deadline - time.monotonic()) > 0:
            message = heard.get_message(timeout=left)
            if message and sender(message["data"]).rpartition("@")[2] == host:
                return True
    return False


def sender(message: bytes) -> str:
    """Return the name of the worker that a heartbeat comes from, like ``scan@host``."""
    event = json.loads(base64.b64decode(json.loads(message)["body"]))
    return str(event["hostname"])


def beat_holds_its_lock(redis: Redis) -> bool:
    """Say whether a beat has lately renewed the schedule's lock."""
    return bool(redis.exists(BEAT_LOCK))


def main(role: str) -> None:
    """End with 0 when all is well, else with 1 and one line."""
    wait = {"socket_connect_timeout": SECONDS, "socket_timeout": SECONDS}
    host = socket.gethostname()
    try:
        with Redis.from_url(os.environ["REDIS_URL"], **wait) as redis:
            well = worker_beats(redis, host) if role == "worker" else beat_holds_its_lock(redis)
    except RedisError as error:
        sys.exit(f"Redis does not answer: {error}")
    if not well:
        sys.exit(f"no sign of a {role} within {SECONDS:g} s")


if __name__ == "__main__":
    main(sys.argv[1])
