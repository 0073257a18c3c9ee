"""
A real Celery client for tests, with the configuration of examples/celery. Reads an order a line from standard input, as
JSON, and answers each with a line of JSON:

  {"order": 1, "do": "send", "task": …, "args": […], "kwargs": {…}, "options": {…}}       -> {"id": …}
  {"order": 2, "do": "get", "id": …, "timeout": seconds}                                 -> {"state": …, "value" or "raised": …}
  {"order": 3, "do": "state", "id": …}                                                   -> {"state": …}
"""

import json
import sys

from celery import Celery
from celery.exceptions import TimeoutError
from celery.result import AsyncResult

app = Celery("client")
app.config_from_object("celeryconfig")
sent = {}


def send(order):
    result = app.send_task(
        order["task"], args=order.get("args"), kwargs=order.get("kwargs"), **order.get("options", {})
    )
    sent[result.id] = result
    return {"id": result.id}


def get(order):
    result = sent.get(order["id"]) or AsyncResult(order["id"], app=app)
    try:
        value = result.get(timeout=order["timeout"])
    except TimeoutError:
        return {"state": "TIMEOUT"}
    except Exception as error:
        return {
            "state": result.state,
            "raised": f"{type(error).__module__}.{type(error).__name__}",
            "text": str(error),
        }
    return {"state": result.state, "value": value, "done_at": str(result.date_done)}


def state(order):
    return {"state": AsyncResult(order["id"], app=app).state}


actions = {"send": send, "get": get, "state": state}

for line in sys.stdin:
    order = json.loads(line)
    try:
        answer = actions[order["do"]](order)
    except Exception as error:
        answer = {"error": repr(error)}
    print(json.dumps({"order": order["order"], **answer}), flush=True)
