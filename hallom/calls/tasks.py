from procrastinate.contrib.django import app

from hallom.calls import practice


@app.task(name="calls.practice_call", queue="practice")
def practice_call() -> None:
    """A made-up customer phones in with a real voice track."""
    practice.run()
