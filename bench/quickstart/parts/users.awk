# The ten users with the most work. Prints: user jobs processor_hours
{ jobs[$12]++; if ($4 > 0 && $5 > 0) work[$12] += $4 * $5 }
END {
  for (rank = 1; rank <= 10; rank++) {
    best = ""
    for (user in work) if (!(user in told) && (best == "" || work[user] > work[best])) best = user
    told[best] = 1
    printf "%s %d %.0f\n", best, jobs[best], work[best] / 3600
  }
}
