// The media types that reachd speaks beyond the framework's own.

export const JSON_TYPE = 'application/json';
/** One JSON value a line. IANA has not registered the name, but everybody uses it. */
export const NDJSON_TYPE = 'application/x-ndjson';
export const TEXT_TYPE = 'text/plain';
/** RFC 9457. */
export const PROBLEM_TYPE = 'application/problem+json';
/** Prometheus' text format, as it is scraped. */
export const PROMETHEUS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';
