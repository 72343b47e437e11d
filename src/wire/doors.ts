/** Every door there is, by name. Data. */
import { chatDoor } from './chat-door.ts'
import type { Door, DoorName } from './door.ts'
import { messagesDoor } from './messages/door.ts'
import { responsesDoor } from './responses/responses-door.ts'

export const DOORS: Readonly<Record<DoorName, Door>> = {
  chat: chatDoor,
  responses: responsesDoor,
  messages: messagesDoor,
}
