import { defineStore } from 'pinia'
import { shallowRef } from 'vue'

export interface Toast {
  readonly id: number
  readonly text: string
  readonly tone: 'info' | 'bad'
  readonly action: { readonly label: string; readonly run: () => unknown } | null
}

const SHOWN_MS = 10_000

/** Short messages about something that has happened, with a way to take it back. */
export const useToasts = defineStore('toasts', () => {
  const toasts = shallowRef<readonly Toast[]>([])
  let nextId = 1

  function dismiss(id: number): void {
    toasts.value = toasts.value.filter((toast) => toast.id !== id)
  }

  function show(text: string, options: { tone?: Toast['tone']; action?: Toast['action'] } = {}): void {
    const toast: Toast = { id: nextId++, text, tone: options.tone ?? 'info', action: options.action ?? null }
    toasts.value = [...toasts.value.slice(-3), toast]
    setTimeout(() => dismiss(toast.id), SHOWN_MS)
  }

  return { toasts, show, dismiss }
})
