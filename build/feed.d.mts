export function makeFeed(files: readonly string[], folder: string, options?: { version?: string; notes?: string; arch?: string }): Promise<string>
