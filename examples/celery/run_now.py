"""
Starts process_events now, with a working time of a minute, and prints the report of the run.

    python run_now.py
"""

import os

from celery import Celery

app = Celery("anybody")
app.config_from_object("celeryconfig")

result = app.send_task(
    "process_events",
    kwargs={"ttl": 60},
    queue=os.environ.get("CELERY_QUEUE") or "waybill",
    expires=300,
)
print(result.get(timeout=300))
