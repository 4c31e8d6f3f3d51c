/** Passes on so many lines, and then says once that there are more. */
export function limitLines(limit: number, notice: (line: string) => void): (line: string) => void {
  let count = 0
  return (line) => {
    count++
    if (count <= limit) notice(line)
    else if (count === limit + 1) notice('There is more of this kind in the data set; it is left out without a line each.')
  }
}
