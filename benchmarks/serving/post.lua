-- Posts the file that is named after `--`; prints one line of JSON at the end.
function init(arguments)
  local file = assert(io.open(arguments[1]))
  wrk.method = "POST"
  wrk.headers["Content-Type"] = "application/json"
  wrk.body = file:read("*a")
  file:close()
end

function done(summary, latency)
  local errors = summary.errors
  print(string.format(
    '{"requests": %d, "rate": %.2f, "p50": %.4f, "p99": %.4f, "max": %.4f, "errors": %d}',
    summary.requests, summary.requests / summary.duration * 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, latency.max / 1e3,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
