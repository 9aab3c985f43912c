"""`make bench`: rates as ratios to two ceilings, from one run on one machine."""
