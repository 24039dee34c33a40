import { V1 } from './base'
import type { Job, LibraryState, OperationReport } from './types'

export interface ServerEventHandlers {
  library(state: LibraryState): void
  job(job: Job): void
  operation(report: OperationReport): void
  /** Tags, ratings, flags, albums or saved searches have changed, here or elsewhere. */
  curation(): void
  /** True while the stream is open. */
  connected(isOpen: boolean): void
}

const MIN_DELAY_MS = 1_000
const MAX_DELAY_MS = 30_000

export type OpenStream = (url: string) => EventSource

/** The event stream of the server. Reopens the stream when it breaks, after delays that double up to a maximum. */
export class ServerEvents {
  private stream: EventSource | null = null
  private delay = MIN_DELAY_MS
  private timer: ReturnType<typeof setTimeout> | undefined

  constructor(
    private readonly handlers: ServerEventHandlers,
    private readonly open: OpenStream = (url) => new EventSource(url),
  ) {}

  start(): void {
    const stream = this.open(`${V1}/events`)
    this.stream = stream
    const state = (event: MessageEvent<string>): void => {
      this.delay = MIN_DELAY_MS
      this.handlers.connected(true)
      this.handlers.library(JSON.parse(event.data) as LibraryState)
    }
    stream.addEventListener('hello', state)
    stream.addEventListener('library', state)
    stream.addEventListener('marks', () => {
      this.handlers.curation()
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
      }, this.delay)
      this.delay = Math.min(this.delay * 2, MAX_DELAY_MS)
    })
  }

  stop(): void {
    clearTimeout(this.timer)
    this.stream?.close()
    this.stream = null
  }
}
