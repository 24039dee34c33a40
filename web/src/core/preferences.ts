export type Theme = 'auto' | 'light' | 'dark'

export const THEMES: readonly Theme[] = ['light', 'auto', 'dark']

/** Names of languages in themselves; the order is that of the menu. */
export const LANGUAGES = {
  en: 'English',
  de: 'Deutsch',
  ja: '日本語',
  'zh-Hans': '简体中文',
  'zh-Hant': '繁體中文',
} as const

export type Language = keyof typeof LANGUAGES

export const isLanguage = (value: unknown): value is Language => typeof value === 'string' && Object.hasOwn(LANGUAGES, value)

export interface Preferences {
  theme: Theme
  /** Null for the browser's. */
  language: Language | null
  rowHeight: number
  /** The rail at the left and the panel at the right, on wide screens. */
  rail: boolean
  panel: boolean
  viewerInfo: boolean
}

export const ROW_HEIGHTS = { smallest: 80, largest: 480 } as const

export const defaults: Readonly<Preferences> = {
  theme: 'auto',
  language: null,
  rowHeight: 220,
  rail: true,
  panel: false,
  viewerInfo: false,
}

const isTheme = (value: unknown): value is Theme => THEMES.includes(value as Theme)

/** Whatever was stored, each value that makes no sense replaced by its default. */
export function readPreferences(stored: unknown): Preferences {
  const found = typeof stored === 'object' && stored !== null ? (stored as Record<string, unknown>) : {}
  const flag = (key: 'rail' | 'panel' | 'viewerInfo'): boolean => {
    const value = found[key]
    return typeof value === 'boolean' ? value : defaults[key]
  }
  const height = Number(found['rowHeight'])
  return {
    theme: isTheme(found['theme']) ? found['theme'] : defaults.theme,
    language: isLanguage(found['language']) ? found['language'] : null,
    rowHeight: height > 0 ? Math.round(Math.min(ROW_HEIGHTS.largest, Math.max(ROW_HEIGHTS.smallest, height))) : defaults.rowHeight,
    rail: flag('rail'),
    panel: flag('panel'),
    viewerInfo: flag('viewerInfo'),
  }
}

/** The first of the browser's languages we speak. Chinese is told apart by script or region. */
export function matchLanguage(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    const name = tag.toLowerCase()
    if (name.startsWith('zh')) return /hant|-tw|-hk|-mo/.test(name) ? 'zh-Hant' : 'zh-Hans'
    const plain = name.split('-')[0]
    if (isLanguage(plain)) return plain
  }
  return 'en'
}
