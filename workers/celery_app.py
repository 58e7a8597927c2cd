"""The Celery app: ``celery -A workers.celery_app worker|beat|flower|call``."""

from celery import Celery

from workers.schedule import BEAT_SCHEDULE

app = Celery("scanner")
app.config_from_object("celeryconfig")
app.conf.beat_schedule = BEAT_SCHEDULE
