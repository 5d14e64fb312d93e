"""A webhook handler as a path operation of FastAPI.

In: a function that takes an event. Out: a function for `@app.post`. Needs FastAPI.

    @app.post("/webhooks")
    @webhook(Receiver(os.environ["WEBHOOK_SECRET"]))
    async def received(event: Event) -> None: ...

FastAPI's requests and answers are Starlette's, and so is the decorator. The event is not a parameter that FastAPI
fills: a pydantic model would be read from a body that nobody has verified.
"""

from dastak_sdk.starlette import Endpoint, webhook

__all__ = ["Endpoint", "webhook"]
