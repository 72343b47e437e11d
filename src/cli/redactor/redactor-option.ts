/** The option of every command that writes what people wrote. */
export const REDACTOR_OPTION = {
  redactor: {
    takes: 'COMMAND',
    says: 'A program that replaces personal data besides, as Presidio: lines of JSON in, lines of JSON out',
    otherwise: 'what the gateway finds itself is replaced',
  },
} as const
