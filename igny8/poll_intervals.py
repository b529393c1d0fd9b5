"""The poll intervals of all pages in seconds."""

# Nothing moves by itself: no run, or a run that is paused, blocked or over. Pages that wait so long
# also refresh when they are touched (`touched` in static/live.js, which gets this number).
IDLE_S = 30
STOPPING_S = 1  # a run that is about to leave a pause
RUN_START_S, RUN_MIDDLE_S, RUN_END_S = 2, 3, 1  # a stage below 50 %, below 90 %, and from there on
IMPORT_S = 1  # the page of an import in work
IMPORT_WAITING_S = 2  # the Automation page while keywords are imported
PUBLISHING_S = 2  # the page of an article that is being published
CHANGES_S = 2  # the parts of an article while a model changes one
READING_S = 2  # the page of a website that is being read
SITES_S = 3  # the list of sites while a run is open
WORKERS_S = 5  # the page of the workers while one is online or a run is stuck
WITHOUT_SCRIPT_S = {"automation": 5, "sites": 10, "workers": 10, "import": 3}  # <meta refresh>


def of_stage(percentage: int) -> int:
    """Return the interval while a stage at this percentage is active."""
    if percentage < 50:
        return RUN_START_S
    return RUN_MIDDLE_S if percentage < 90 else RUN_END_S
