import type { FactoryProvider, InjectionToken } from '@nestjs/common'

/** What Nest hands something out by: its class, or a symbol for what is only an interface. */
export type Token<T> = (abstract new (...args: never[]) => T) | (symbol & { readonly hands?: T })

/** A name for what has no class of its own. */
export function token<T>(name: string): Token<T> {
  return Symbol(name)
}

type Handed<Tokens extends readonly Token<unknown>[] | Readonly<Record<string, Token<unknown>>>> = {
  [K in keyof Tokens]: Tokens[K] extends Token<infer T> ? T : never
}

/**
 * A provider made by a function of other providers, checked by the compiler: the classes themselves know nothing of Nest, and tests make
 * them by hand.
 */
export function made<T, const Tokens extends readonly Token<unknown>[]>(
  provide: Token<T>,
  inject: Tokens,
  make: (...parts: Handed<Tokens>) => T | Promise<T>,
): FactoryProvider<T> {
  return {
    provide: provide as InjectionToken,
    inject: [...inject] as InjectionToken[],
    useFactory: make as (...parts: unknown[]) => T | Promise<T>,
  }
}

/** The same with each part by a name, for what is made of many. */
export function madeOf<T, const Tokens extends Readonly<Record<string, Token<unknown>>>>(
  provide: Token<T>,
  inject: Tokens,
  make: (parts: Handed<Tokens>) => T | Promise<T>,
): FactoryProvider<T> {
  const names = Object.keys(inject)
  return made<T, readonly Token<unknown>[]>(provide, Object.values(inject), (...parts) =>
    make(Object.fromEntries(names.map((name, at) => [name, parts[at]])) as Handed<Tokens>),
  )
}
