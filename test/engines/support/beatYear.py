"""
A year of Celery Beat in a time of its own: its real scheduler with its real file of entries, and the schedule of
examples/celery. Beat is restarted some thirty times, and is away for up to five hours then.

Arguments: the interval of process_events in minutes; the time zone of the application; `ours`, or `plain` for the same
interval as a bare timedelta. Writes one line of JSON: how often the task was sent and what was wrong with the times.
"""

import json
import os
import random
import sys
import tempfile
from datetime import datetime, timedelta, timezone
from types import SimpleNamespace

minutes, zone, variant = float(sys.argv[1]), sys.argv[2], sys.argv[3]
os.environ["LOG_SENDING_FREQUENCY_IN_MINUTES"] = str(minutes)
os.environ.setdefault("CELERY_BROKER_URL", "memory://")

import celeryconfig  # noqa: E402  reads the environment
from celery import Celery  # noqa: E402
from celery.beat import PersistentScheduler  # noqa: E402

begin = datetime(2026, 1, 1, 0, 3, 20, tzinfo=timezone.utc)
end = begin + timedelta(days=365)
interval = timedelta(minutes=minutes)
# How late Beat may be: it looks a little early, and then once more.
tolerance = timedelta(seconds=2)
clock = {"now": begin}


class VirtualDatetime(datetime):
    @classmethod
    def now(cls, tz=None):
        return clock["now"].astimezone(tz)


class VirtualCelery(Celery):
    def now(self):
        return clock["now"].astimezone(self.timezone)


class VirtualScheduler(PersistentScheduler):
    producer = None

    def apply_async(self, entry, producer=None, advance=True, **kwargs):
        sent.setdefault(entry.task, []).append(clock["now"])
        return SimpleNamespace(id="virtual")


if variant == "ours":
    celeryconfig.dt = SimpleNamespace(datetime=VirtualDatetime, timezone=timezone)
else:
    for entry in celeryconfig.beat_schedule.values():
        entry["schedule"] = interval

draw = random.Random(7)
sent = {}
away = []
restarts = sorted(begin + timedelta(seconds=draw.uniform(0, 365 * 86_400)) for _ in range(30))
directory = tempfile.mkdtemp(prefix="waybill-beat-")
schedule_file = os.path.join(directory, "schedule")


def open_scheduler():
    app = VirtualCelery("virtual")
    app.config_from_object(celeryconfig)
    app.conf.timezone = zone
    # Without Celery's own entry at four o'clock in the morning: in the night that is 25 hours long Beat waits for it for
    # an hour, and sends nothing else.
    app.conf.result_expires = None
    return VirtualScheduler(app=app, schedule_filename=schedule_file)


scheduler = open_scheduler()
while clock["now"] < end:
    if restarts and clock["now"] >= restarts[0]:
        restarts.pop(0)
        scheduler.close()
        left = clock["now"]
        clock["now"] += timedelta(seconds=draw.uniform(1, 5 * 3_600))
        away.append((left, clock["now"]))
        scheduler = open_scheduler()
    seconds = scheduler.tick()
    # No machine wakes up to the microsecond.
    clock["now"] += timedelta(seconds=max(seconds, 0) + draw.uniform(0.0002, 0.005))
scheduler.close()

times = sent["process_events"]
early, late = [], []
for last, time in zip([begin, *times], [*times, end]):
    due = last + interval
    # A time that comes while Beat is away is made up for when it is back.
    latest = next((back for left, back in away if left <= due <= back), due) + tolerance
    if time != end and time < due - tolerance:
        early.append([last.isoformat(), time.isoformat()])
    if time > latest:
        late.append([last.isoformat(), time.isoformat()])

for name in os.listdir(directory):
    os.remove(os.path.join(directory, name))
os.rmdir(directory)
print(json.dumps({"sent": len(times), "early": early, "late": late, "restarts": len(away)}))
