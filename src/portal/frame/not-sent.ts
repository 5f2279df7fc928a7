/**
 * A form whose session was over when it was sent: its sender is told on the sign-in page, and on the first page after
 * that. Nothing is sent again by itself, and what he typed is not kept: it may be about somebody.
 */

/** In the address of the sign-in page, in its form, and in what the new session keeps. */
export const NOT_SENT = 'non-inviato';
