// The media types that reachd speaks beyond the framework's own.

export const JSON_TYPE = 'application/json';
/** A JSON value a line; not registered, and called so everywhere. */
export const NDJSON_TYPE = 'application/x-ndjson';
export const TEXT_TYPE = 'text/plain';
/** RFC 9457. */
export const PROBLEM_TYPE = 'application/problem+json';
