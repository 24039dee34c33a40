/** Runs a function at most once per `wait` milliseconds: at once on the first call, and once more after a burst of calls. */
export class Throttle {
  private timer: ReturnType<typeof setTimeout> | undefined
  private again = false

  constructor(
    private readonly wait: number,
    private readonly run: () => void,
  ) {}

  call(): void {
    if (this.timer !== undefined) {
      this.again = true
      return
    }
    this.run()
    this.timer = setTimeout(() => {
      this.timer = undefined
      if (!this.again) return
      this.again = false
      this.call()
    }, this.wait)
  }

  stop(): void {
    clearTimeout(this.timer)
    this.timer = undefined
    this.again = false
  }
}
