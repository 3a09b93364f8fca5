// Which methods a path takes. Fastify answers 404 for a wrong method on a known path; HTTP wants 405 with Allow.

interface Route {
  readonly pattern: RegExp;
  readonly methods: Set<string>;
}

export class RouteMethods {
  readonly #routes = new Map<string, Route>();

  /** `url` is a route as it is registered: `/check`, `/ready/:group`, `/docs/static/*`. */
  add(url: string, methods: readonly string[]): void {
    const route = this.#routes.get(url) ?? { pattern: patternOf(url), methods: new Set<string>() };
    this.#routes.set(url, route);
    for (const method of methods) route.methods.add(method);
  }

  /** The methods of all routes that match a path, sorted; empty when there is none. */
  at(path: string): string[] {
    const methods = new Set<string>();
    for (const route of this.#routes.values()) {
      if (route.pattern.test(path)) for (const method of route.methods) methods.add(method);
    }
    return [...methods].sort();
  }
}

function patternOf(url: string): RegExp {
  const segments = url.split('/').map((segment) => {
    if (segment.startsWith(':')) return '[^/]+';
    return segment === '*' ? '.*' : segment.replace(/[^\w-]/g, '\\$&');
  });
  return new RegExp(`^${segments.join('/')}$`);
}
