-- wrk's script: with BODY_FILE it posts that file as JSON; at the end it prints one line of JSON.
local file = os.getenv("BODY_FILE")
if file then
  local handle = assert(io.open(file))
  wrk.method = "POST"
  wrk.headers["Content-Type"] = "application/json"
  wrk.body = handle:read("*a")
  handle:close()
end

function done(summary, latency)
  local errors = summary.errors
  print(string.format('{"requests": %d, "us": %d, "p99Us": %d, "broken": %d, "not2xx": %d}',
    summary.requests, summary.duration, latency:percentile(99),
    errors.connect + errors.read + errors.write + errors.timeout, errors.status))
end
