"""
The schedule of Waybill's two tasks for Celery Beat, from the same variables that `waybill worker` reads.

    CELERY_BROKER_URL                 where Beat sends, and the worker with TASK_ENGINE=celery reads
    CELERY_RESULT_BACKEND             optional: where the worker keeps the reports of runs
    CELERY_QUEUE                      the queue, read by nothing else; default: waybill
    LOG_SENDING_FREQUENCY_IN_MINUTES  how often process_events runs; default: 10
    OUTBOX_CLEAN_IN_MINUTES           how often clean_events_outbox runs; default: 1440

Beat for nothing but Waybill: celery --config celeryconfig beat
In the Celery application of a team: team_app.py. README.md shows both.
"""

import datetime as dt  # whole: every name here is taken for a setting of Celery, and `timezone` is one
import os

from celery.schedules import schedule


def utc_now():
    return dt.datetime.now(dt.timezone.utc)


def _minutes(variable, default):
    return dt.timedelta(minutes=float(os.environ.get(variable) or default))


def _entry(task, every):
    return {
        "task": task,
        # Not the interval alone: where `timezone` of the application has daylight saving time, Celery counts intervals by
        # the clock on the wall, and is an hour early or late twice a year.
        "schedule": schedule(every, nowfun=utc_now),
        "options": {
            "queue": os.environ.get("CELERY_QUEUE") or "waybill",
            # A message that no worker took until the next one is due is dropped, so that a worker that comes back
            # finds one of them and not a heap. One run catches up with all that was missed.
            "expires": every.total_seconds(),
        },
    }


broker_url = os.environ["CELERY_BROKER_URL"]
result_backend = os.environ.get("CELERY_RESULT_BACKEND") or None

beat_schedule = {
    "waybill-process-events": _entry("process_events", _minutes("LOG_SENDING_FREQUENCY_IN_MINUTES", 10)),
    "waybill-clean-events-outbox": _entry("clean_events_outbox", _minutes("OUTBOX_CLEAN_IN_MINUTES", 1440)),
}
