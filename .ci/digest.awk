# Shortens a TAP stream to one line a file, and shows what a file said, but for its passes, when it failed.
# Skips are always shown.
/^# Subtest: / { said = ""; explaining = 0; next }
explaining     { print; explaining = !/^  \.\.\.$/; next }
/^    /        { if (/ # (SKIP|TODO)/) print; else if (!/^ +ok /) said = said $0 "\n"; next }
/^not ok /     { printf "%s", said; print; explaining = 1; next }
/^(TAP version|1\.\.)/ || /^$/ { next }
               { print; fflush() }
