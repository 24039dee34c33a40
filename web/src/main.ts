import { QueryClient, VueQueryPlugin } from '@tanstack/vue-query'
import { createPinia } from 'pinia'
import { createApp } from 'vue'
import { createI18n } from 'vue-i18n'
import { createRouter, createWebHistory } from 'vue-router'

import App from './App.vue'
import { BASE, V1 } from './api/base'
import { getJson } from './api/client'
import { toAppError } from './api/errors'
import { createMediaAccess, MEDIA_ACCESS } from './components/media/mediaApi'
import BrowsePage from './features/browse/BrowsePage.vue'
import en from './locales/en.json'
import { useResults } from './stores/results'
import './styles/tokens.css'
import './styles/base.css'

const app = createApp(App)
const pinia = createPinia()

const access = createMediaAccess(V1, async (url, signal) => {
  try {
    return await getJson(url, { signal })
  } catch (error) {
    if (toAppError(error).kind === 'gone') void useResults(pinia).reload()
    throw error
  }
})

const STALE_MS = 60_000

app.use(pinia)
app.use(
  createRouter({
    history: createWebHistory(BASE),
    routes: [
      { path: '/', component: BrowsePage },
      { path: '/:rest(.*)*', redirect: (to) => ({ path: '/', query: to.query }) },
    ],
  }),
)
app.use(createI18n({ legacy: false, locale: 'en', fallbackLocale: 'en', messages: { en } }))
app.use(VueQueryPlugin, {
  queryClient: new QueryClient({ defaultOptions: { queries: { staleTime: STALE_MS, retry: 1, refetchOnWindowFocus: false } } }),
})
app.provide(MEDIA_ACCESS, access)
app.mount('#app')
