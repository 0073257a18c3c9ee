"""
How the Celery application of a team, whose Beat runs already, starts Waybill's two tasks as well.

    celery --app team_app beat
"""

import celeryconfig as waybill
from celery import Celery

app = Celery("team", broker=waybill.broker_url, backend=waybill.result_backend)
app.conf.timezone = "Europe/Berlin"

# What the team had before stays as it is.
app.conf.beat_schedule = {
    "team-greets-every-hour": {"task": "team_app.greet", "schedule": 3600},
}

# And this is new. The tasks are named, not imported: they run in `waybill worker`, from a queue that no worker of the
# team reads.
app.conf.beat_schedule.update(waybill.beat_schedule)


@app.task
def greet():
    return "good morning"
