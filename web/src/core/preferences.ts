export type Theme = 'auto' | 'light' | 'dark'

export const THEMES: readonly Theme[] = ['light', 'auto', 'dark']

/** Languages by their native names, in the order of the menu. */
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
  /** Null for the language of the browser. */
  language: Language | null
  rowHeight: number
  /** Whether wide screens show the sidebar. */
  rail: boolean
  /** Whether wide screens show the info panel next to the grid. */
  panel: boolean
  /** Whether the viewer shows the info panel. */
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

/** Reads stored preferences. Replaces invalid values by their defaults. */
export function readPreferences(stored: unknown): Preferences {
  const values = typeof stored === 'object' && stored !== null ? (stored as Record<string, unknown>) : {}
  const readBoolean = (key: 'rail' | 'panel' | 'viewerInfo'): boolean => {
    const value = values[key]
    return typeof value === 'boolean' ? value : defaults[key]
  }
  const height = Number(values['rowHeight'])
  return {
    theme: isTheme(values['theme']) ? values['theme'] : defaults.theme,
    language: isLanguage(values['language']) ? values['language'] : null,
    rowHeight: height > 0 ? Math.round(Math.min(ROW_HEIGHTS.largest, Math.max(ROW_HEIGHTS.smallest, height))) : defaults.rowHeight,
    rail: readBoolean('rail'),
    panel: readBoolean('panel'),
    viewerInfo: readBoolean('viewerInfo'),
  }
}

/** The first browser language that the page supports. Chinese is matched by script or region. */
export function matchLanguage(languages: readonly string[]): Language {
  for (const tag of languages) {
    const name = tag.toLowerCase()
    if (name.startsWith('zh')) return /hant|-tw|-hk|-mo/.test(name) ? 'zh-Hant' : 'zh-Hans'
    const plain = name.split('-')[0]
    if (isLanguage(plain)) return plain
  }
  return 'en'
}
