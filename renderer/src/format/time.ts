/** `48 s`, `3 min 20 s`, `2 h 05 min`: what a person says, never more than two units. */
export function formatDuration(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return '–'
  const whole = Math.max(0, Math.round(seconds))
  if (whole < 60) return `${whole} s`
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`
  const hours = Math.floor(whole / 3600)
  if (hours < 48) return `${hours} h ${String(Math.floor((whole % 3600) / 60)).padStart(2, '0')} min`
  return `${Math.floor(hours / 24)} d ${hours % 24} h`
}

/** Time left in steps that do not flicker: seconds are rounded to 5 above half a minute. */
export function formatTimeLeft(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return 'estimating time left'
  const calm = seconds > 30 ? Math.round(seconds / 5) * 5 : seconds
  return `${formatDuration(calm)} left`
}

/** `just now`, `4 min ago`, `today 14:02`, `3 Mar 14:02`, in local time. */
export function formatWhen(timeMs: number | null | undefined, nowMs: number): string {
  if (timeMs === null || timeMs === undefined) return '–'
  const seconds = (nowMs - timeMs) / 1000
  if (seconds < 45) return 'just now'
  if (seconds < 3600) return `${Math.max(1, Math.round(seconds / 60))} min ago`
  const then = new Date(timeMs)
  const clock = `${String(then.getHours()).padStart(2, '0')}:${String(then.getMinutes()).padStart(2, '0')}`
  if (then.toDateString() === new Date(nowMs).toDateString()) return `today ${clock}`
  const month = then.toLocaleString('en-US', { month: 'short' })
  const year = then.getFullYear() === new Date(nowMs).getFullYear() ? '' : ` ${then.getFullYear()}`
  return `${then.getDate()} ${month}${year} ${clock}`
}

/** Clock time for log lines: `14:02:33`. */
export function formatClock(timeMs: number): string {
  const time = new Date(timeMs)
  return [time.getHours(), time.getMinutes(), time.getSeconds()].map((part) => String(part).padStart(2, '0')).join(':')
}
