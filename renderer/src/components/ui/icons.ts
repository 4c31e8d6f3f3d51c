/** Outlines on a 16 x 16 grid, drawn for this product. */
export const ICONS = {
  runs: ['M2.5 3.5h11', 'M2.5 8h11', 'M2.5 12.5h7'],
  plus: ['M8 3v10', 'M3 8h10'],
  machine: ['M2.5 3h11v7.5h-11z', 'M5.5 13.5h5', 'M8 10.5v3'],
  play: ['M5 3.2v9.6L12.6 8z'],
  pause: ['M5.5 3.5v9', 'M10.5 3.5v9'],
  stop: ['M4 4h8v8H4z'],
  resume: ['M13 8a5 5 0 1 1-1.6-3.7', 'M13 2.5v2.6h-2.6'],
  chart: ['M2.5 2.5v11h11', 'M4.8 9.8l2.7-3.3 2.3 2 3.2-4.3'],
  table: ['M2.5 3h11v10h-11z', 'M2.5 6.3h11', 'M2.5 9.6h11', 'M6.5 3v10'],
  check: ['M3 8.5l3.2 3.2L13 4.8'],
  cross: ['M4 4l8 8', 'M12 4l-8 8'],
  warning: ['M8 2.3l6.2 11H1.8z', 'M8 6.5v3', 'M8 11.4v.1'],
  info: ['M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12z', 'M8 7.3v3.6', 'M8 5.1v.1'],
  copy: ['M5.5 5.5h8v8h-8z', 'M10.5 5.5v-3h-8v8h3'],
  folder: ['M1.8 4h4.4l1.4 1.7h6.6v7.5H1.8z'],
  more: ['M3.5 8h.1', 'M8 8h.1', 'M12.5 8h.1'],
  sun: ['M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6z', 'M8 1.5v1', 'M8 13.5v1', 'M1.5 8h1', 'M13.5 8h1', 'M3.4 3.4l.7.7', 'M11.9 11.9l.7.7', 'M3.4 12.6l.7-.7', 'M11.9 4.1l.7-.7'],
  rail: ['M2.5 3h11v10h-11z', 'M6 3v10'],
  wave: ['M1.5 9c2-5 3.6-5 5.2-1s3.4 4 4.6 0 2-3 3.2-2'],
  down: ['M8 3v9', 'M4.5 8.8L8 12.3l3.5-3.5'],
  lock: ['M4 7.5h8v6H4z', 'M5.5 7.5V5a2.5 2.5 0 0 1 5 0v2.5'],
  chevron: ['M6 4l4 4-4 4'],
} as const satisfies Record<string, readonly string[]>

export type IconName = keyof typeof ICONS
