import { watch, watchEffect } from 'vue'
import { useI18n } from 'vue-i18n'

import { matchLanguage, type Language } from '../core/preferences'
import { usePreferences } from '../stores/preferences'

type Messages = Record<string, unknown>

/** English is part of the page and is shown until another language has loaded. */
const LOADERS: Readonly<Record<Exclude<Language, 'en'>, () => Promise<{ default: Messages }>>> = {
  de: () => import('../locales/de.json'),
  ja: () => import('../locales/ja.json'),
  'zh-Hans': () => import('../locales/zh-Hans.json'),
  'zh-Hant': () => import('../locales/zh-Hant.json'),
}

/** Applies the chosen theme and language to the document. Called once, by the application. */
export function useAppearance(): void {
  const preferences = usePreferences()
  const i18n = useI18n({ useScope: 'global' })

  async function setLanguage(language: Language): Promise<void> {
    if (language !== 'en' && !i18n.availableLocales.includes(language)) {
      i18n.setLocaleMessage(language, (await LOADERS[language]()).default)
    }
    i18n.locale.value = language
    document.documentElement.lang = language
  }

  watch(
    () => preferences.language ?? matchLanguage(navigator.languages),
    (language) => void setLanguage(language),
    { immediate: true },
  )
  watchEffect(() => {
    if (preferences.theme === 'auto') delete document.documentElement.dataset['theme']
    else document.documentElement.dataset['theme'] = preferences.theme
  })
}
