/** The colour a token has right now, as canvas understands it (a custom property alone would read as `light-dark(...)`). */
export function resolveColor(element: Element, token: string): string {
  const probe = document.createElement('span')
  probe.style.color = `var(${token})`
  probe.hidden = true
  element.append(probe)
  const color = getComputedStyle(probe).color
  probe.remove()
  return color
}
