/** The way to the admin surface, as the command line knows it. Types only. */

/** A request below `/admin/v1`, ready to be sent. */
export type DoorRequest = {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

/** The way to an admin surface. */
export type AdminDoor = {
  /** As people are told who has answered; null where nobody but this process has. */
  readonly name: string | null
  readonly send: (sent: DoorRequest) => Promise<Response>
}
