/** The version of the program, as it stands in `package.json`: told in the status of each instance. */
export const VERSION = '0.1.0'
