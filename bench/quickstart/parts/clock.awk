# When jobs come: -v form=%H for the hour of the day, %u for the weekday; -v start=UNIX_TIME.
# Prints: slot jobs
{ slot[strftime(form, start + $2, 1)]++ }
END { for (s in slot) print s, slot[s] | "sort"; close("sort") }
