import { ref, type Ref } from 'vue'

export interface MatrixPlace {
  readonly row: number
  readonly column: number
}

const STEPS: Readonly<Record<string, readonly [row: number, column: number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
  PageUp: [-10, 0],
  PageDown: [10, 0],
  Home: [0, -Infinity],
  End: [0, Infinity],
}

/** The cell that the keyboard is on. `onKey` answers whether the key moved it; with Ctrl, Home and End go to the corners. */
export function useMatrixCursor(size: () => number): { readonly cursor: Ref<MatrixPlace>; onKey(event: KeyboardEvent): boolean } {
  const cursor = ref<MatrixPlace>({ row: 0, column: 0 })
  const bound = (place: number): number => Math.min(size() - 1, Math.max(0, place))
  return {
    cursor,
    onKey(event) {
      const step = STEPS[event.key]
      if (step === undefined || event.altKey || event.metaKey) return false
      event.preventDefault()
      const { row, column } = cursor.value
      const rows = event.ctrlKey && !Number.isFinite(step[1]) ? step[1] : step[0]
      cursor.value = { row: bound(row + rows), column: bound(column + step[1]) }
      return true
    },
  }
}
