// A stand-in for the engine's process in tests of its supervision: does what its argument says.
const [behaviour] = process.argv.slice(2)
process.on('message', (message) => {
  if (message.type === 'open') {
    if (behaviour === 'crash') {
      process.stderr.write('the reason of the crash\n', () => process.exit(7))
    } else if (behaviour === 'refuse') {
      process.send({ type: 'failed', error: { code: 'DATABASE_NEWER', message: 'The database is newer.' } }, () => process.exit(1))
    } else if (behaviour === 'serve') {
      process.send({ type: 'ready', mode: 'owner' })
    }
  }
  if (message.type === 'serve') process.send({ type: 'kill-trainer', trainerId: 77 })
  if (message.type === 'shutdown') process.exit(0)
})
process.on('disconnect', () => process.exit(0))
