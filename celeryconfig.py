"""Celery's settings, each with its reason. Loaded by name from ``workers.celery_app``.

It imports no worker: the schedule comes to the app in ``workers.celery_app``, for a configuration
that imports tasks which import the app is a circle that nobody sees.
"""

from app.queues import BROKER, ROUTES, transport_options
from app.settings import load_settings

_settings = load_settings()

broker_url = _settings.redis_url.get_secret_value()
broker_transport_options = transport_options(_settings.visibility_timeout)
# visibility_timeout: after it a dead worker's message is given out again, so the longest single
#   task (permit, HTTP timeout, a token's one-minute cooldown) must stay below.
# unacked_restore_*: look for such messages every 5 s; the default is every 100 s.
# socket_timeout: a frozen Redis is noticed, and the worker connects again.
broker_connection_retry_on_startup = True
broker_connection_max_retries = None

imports = ("workers.scan_tasks", "workers.signal_tasks")
task_default_queue = BROKER
task_default_priority = 3  # in the middle: where `celery call` lands, which has no such option
task_routes = {name: {"queue": queue} for name, queue in ROUTES.items()}
task_create_missing_queues = True

task_serializer = "json"
accept_content = ["json"]  # a message that carries code is refused
task_ignore_result = True  # what was found is in the database

task_acks_late = True  # a killed worker's ticker comes back
task_reject_on_worker_lost = True
worker_concurrency = 1
worker_prefetch_multiplier = 0  # with the next line: one message held at a time, and no stall
worker_disable_prefetch = True  # for ever after one failed ack, as a multiplier of 1 brings
worker_soft_shutdown_timeout = 2  # on SIGTERM (REMAP_SIGTERM=SIGQUIT) a task has 2 s, then its
#   message goes back to the queue; leaves room for Redis to stop last within 5 s
task_publish_retry_policy = {  # a result outlives a restart of Redis: never give up sending it
    "max_retries": None,
    "interval_start": 0.2,
    "interval_step": 0.3,
    "interval_max": 2,
}

worker_redirect_stdouts = False  # else a traceback becomes a log line a token
result_expires = None  # nothing to clean up: no entry for it in the schedule

worker_send_task_events = True  # Flower
task_send_sent_event = True
worker_hijack_root_logger = False

timezone = "Asia/Seoul"
enable_utc = True
beat_scheduler = "redbeat.RedBeatScheduler"  # two beats, one schedule: the second waits
beat_max_loop_interval = 1
redbeat_lock_timeout = 5  # a killed beat is followed in 5 s; the default is 25 min
redbeat_redis_url = broker_url
redbeat_redis_options = {"socket_timeout": 10, "socket_connect_timeout": 5}
