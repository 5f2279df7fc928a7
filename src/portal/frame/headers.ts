/** Header fields of every answer. No page needs an inline script or style, so none is permitted. */

/** Bootstrap's styles contain images as `data:` addresses. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "object-src 'none'",
].join('; ');

export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': CONTENT_SECURITY_POLICY,
  'Strict-Transport-Security': 'max-age=31536000',
  'X-Content-Type-Options': 'nosniff',
  // With no-referrer browsers send `Origin: null` with our own forms.
  'Referrer-Policy': 'same-origin',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
};

/** Files and linked pages see only the site; our own forms still send their origin. */
export const SECRET_ADDRESS = { 'Referrer-Policy': 'strict-origin' } as const;

/** The browser stores nothing of a visit: after signing out Back shows nothing. */
export const NOT_KEPT = { 'Cache-Control': 'no-store' } as const;
