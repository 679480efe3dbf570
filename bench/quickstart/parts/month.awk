# Statistics of one month: -v month=1996-10 -v start=UNIX_TIME_OF_THE_LOG
# Prints: month jobs users mean_wait_seconds processor_hours
BEGIN { FS = " +" }
{ sub(/^ +/, "") }
strftime("%Y-%m", start + $2, 1) == month {
  jobs++
  wait += $3
  if ($4 > 0 && $5 > 0) work += $4 * $5
  if (!($12 in seen)) { seen[$12] = 1; users++ }
}
END {
  if (jobs == 0) { print "no job in " month > "/dev/stderr"; exit 1 }
  printf "%s %d %d %.0f %.0f\n", month, jobs, users, wait / jobs, work / 3600
}
