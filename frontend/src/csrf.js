/** Proves to the server that a page of its own asks. */
export const token = () => document.querySelector('meta[name="csrf-token"]')?.content ?? "";
