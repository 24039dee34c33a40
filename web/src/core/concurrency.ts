/** Calls `get` for every item, at most `limit` at a time, and returns the answers in the order of the items. */
export async function mapConcurrent<From, To>(items: readonly From[], limit: number, get: (item: From) => Promise<To>): Promise<To[]> {
  const answers: To[] = []
  let next = 0
  async function work(): Promise<void> {
    while (next < items.length) {
      const index = next++
      answers[index] = await get(items[index] as From)
    }
  }
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, work))
  return answers
}
