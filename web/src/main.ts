import { createApp } from 'vue'
import { createI18n } from 'vue-i18n'

import App from './App.vue'
import en from './locales/en.json'
import './styles/tokens.css'
import './styles/base.css'

createApp(App).use(createI18n({ legacy: false, locale: 'en', messages: { en } })).mount('#app')
