/** Every error code of the API, with its status and a message that is safe to show. docs/api.md lists the same codes. */
export const catalogue = {
  invalid_request: { status: 400, message: 'The request is not valid.' },
  unauthorized: {
    status: 401,
    message: 'Missing or invalid API key. Send it as "Authorization: Bearer <key>".',
  },
  forbidden: {
    status: 403,
    message: 'This Host or Origin is not allowed here. PUBLIC_URL and CORS_ORIGINS name those that are.',
  },
  content_filter: { status: 400, message: 'A content filter refused the question or its answer.' },
  model_not_found: { status: 404, message: 'This model does not exist. GET /v1/models lists those that do.' },
  not_found: { status: 404, message: 'Not found.' },
  request_timeout: { status: 408, message: 'The request took too long to arrive.' },
  drill_running: { status: 409, message: 'A drill of this guard is running.' },
  gone: { status: 410, message: 'This answer has expired.' },
  stopped: { status: 410, message: 'This answer was stopped.' },
  payload_too_large: { status: 413, message: 'The request body is too large.' },
  unsupported_media_type: { status: 415, message: 'Send JSON with the content type application/json.' },
  expectation_failed: { status: 417, message: 'The only expectation that is met is 100-continue.' },
  too_many_requests: { status: 429, message: 'Too many requests at once. Please try again shortly.' },
  headers_too_large: { status: 431, message: 'The request headers are too large.' },
  answer_interrupted: {
    status: 502,
    message: 'The answer broke off. Please ask again.',
  },
  internal_error: { status: 500, message: 'Something went wrong on our side.' },
  overloaded: { status: 503, message: 'The service is busy. Please try again shortly.' },
  service_unavailable: {
    status: 503,
    message: 'The assistant is temporarily unavailable. Please try again shortly.',
  },
} as const;

/** A code of the catalogue. */
export type ErrorCode = keyof typeof catalogue;
