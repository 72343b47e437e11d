/** Runs before `npm start` and `npm test`: ends with one line where the Node is too old, instead of a stack. Plain JavaScript, so that any Node reads it. */
const WANTED = [24, 2]

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < WANTED[0] || (major === WANTED[0] && minor < WANTED[1])) {
  process.stderr.write(
    `Chambers wants Node ${WANTED.join('.')} or newer, and this is ${process.versions.node}: npm install brings it on Linux and on Windows (x64); elsewhere install it first, by nvm install, say\n`,
  )
  process.exitCode = 1
}
