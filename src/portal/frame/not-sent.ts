/**
 * A form that was submitted after its session had ended: the sign-in page reports this, and so does the first page
 * after it. Nothing is submitted again automatically, and the input is not stored: it may contain personal data.
 */

/** In the URL of the sign-in page, in its form, and in the new session. */
export const NOT_SENT = 'non-inviato';
