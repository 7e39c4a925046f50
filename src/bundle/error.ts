/** An input that the user named can't be read: the message is a sentence with what, where and what to do. */
export class BundleError extends Error {
  override readonly name = 'BundleError';
}
