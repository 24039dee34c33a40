import { V1 } from './base'
import type { Job, LibraryState, OperationReport } from './types'

export interface ServerEventHandlers {
  library(state: LibraryState): void
  job(job: Job): void
  operation(report: OperationReport): void
  /** People changed tags, ratings, flags, albums or saved searches, here or elsewhere. */
  marks(): void
  /** True while the stream is open. */
  connected(isOpen: boolean): void
}

const FIRST_WAIT_MS = 1_000
const LONGEST_WAIT_MS = 30_000

export type OpenStream = (url: string) => EventSource

/** What happens on the server, as it happens. Opens the stream again, ever more patiently, when it breaks. */
export class ServerEvents {
  private stream: EventSource | null = null
  private wait = FIRST_WAIT_MS
  private timer: ReturnType<typeof setTimeout> | undefined

  constructor(
    private readonly handlers: ServerEventHandlers,
    private readonly open: OpenStream = (url) => new EventSource(url),
  ) {}

  start(): void {
    const stream = this.open(`${V1}/events`)
    this.stream = stream
    const state = (event: MessageEvent<string>): void => {
      this.wait = FIRST_WAIT_MS
      this.handlers.connected(true)
      this.handlers.library(JSON.parse(event.data) as LibraryState)
    }
    stream.addEventListener('hello', state)
    stream.addEventListener('library', state)
    stream.addEventListener('marks', () => {
      this.handlers.marks()
    })
    stream.addEventListener('job', (event: MessageEvent<string>) => {
      this.handlers.job(JSON.parse(event.data) as Job)
    })
    stream.addEventListener('operation', (event: MessageEvent<string>) => {
      this.handlers.operation(JSON.parse(event.data) as OperationReport)
    })
    stream.addEventListener('error', () => {
      this.stop()
      this.handlers.connected(false)
      this.timer = setTimeout(() => {
        this.start()
      }, this.wait)
      this.wait = Math.min(this.wait * 2, LONGEST_WAIT_MS)
    })
  }

  stop(): void {
    clearTimeout(this.timer)
    this.stream?.close()
    this.stream = null
  }
}
