/** Milliseconds before attempt number `attempt` (from 0): doubled up to the longest, with half of it left to chance so that many browsers do not return in one second. */
export function pause(attempt, { first = 500, longest = 30_000, random = Math.random } = {}) {
  const full = Math.min(longest, first * 2 ** attempt);
  return full / 2 + (full / 2) * random();
}
