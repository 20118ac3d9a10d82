"""Living with Tradekeep for a month, in minutes: the real ticker and controller of the tray, with
real children, on a computer whose clock a test turns.

    python -m tests.soak [--days 30]

`clock` turns the time for the tray's parts, and `child` is Tradekeep with that clock. `computer`
is the machine with the tray's parts; `life` says what happens to it from day to day: nights
asleep, a drive that comes and goes, an exchange that cannot be reached or asks for slowness, a
full disk, a bot that trades and is updated. `judge` looks at the end, by its own arithmetic,
whether every slot was met or has its reason, and whether the process has grown.

The month has a leap day and both changes of daylight saving time: it begins on 27 February 2028 in
New York, and the computer is switched off from the middle of it until October.
"""
