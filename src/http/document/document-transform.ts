// Between the routes' schemas and the document that readers see: takes out what no reader needs, and puts named
// responses and bodies where fastify-zod-openapi leaves their references inside an inline one.
import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger';
import { fastifyZodOpenApiTransformers } from 'fastify-zod-openapi';
import type { CreateDocumentOptions } from 'zod-openapi';

type Override = Extract<CreateDocumentOptions['override'], (...args: never[]) => unknown>;

/** What zod says by default: the bounds of JavaScript's integers, and replies that may never gain a field. */
export const simplifySchema: Override = ({ jsonSchema, io }) => {
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
  if (io === 'output' && jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
};

/** `examples`: a value for each parameter of a query without a body, by name. */
export function transformersWith(examples: Readonly<Record<string, unknown>>): Transformers {
  return {
    transform: fastifyZodOpenApiTransformers.transform,
    transformObject: (input) => {
      const document = fastifyZodOpenApiTransformers.transformObject(input);
      for (const operation of operationsOf(document as unknown as Document)) {
        liftReferences(operation);
        const isBeside = operation.requestBody !== undefined;
        operation.parameters = operation.parameters?.map((parameter) =>
          liftDescription(isBeside ? withoutDefault(parameter) : { ...parameter, ...exampleOf(parameter, examples) }),
        );
        if (operation.parameters === undefined) delete operation.parameters;
      }
      return document;
    },
  };
}

type Transformers = Pick<FastifyDynamicSwaggerOptions, 'transform' | 'transformObject'>;

function operationsOf({ paths }: Document): Operation[] {
  return Object.values(paths).flatMap((path) => Object.values(path));
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

interface Operation {
  requestBody?: Content;
  readonly responses: Record<string, Content>;
  parameters?: readonly Parameter[] | undefined;
}

interface Parameter {
  readonly name: string;
  readonly description?: string;
  readonly schema: { readonly type?: string; readonly default?: string | number; readonly description?: string };
}

interface Content {
  readonly $ref?: string;
  readonly content?: Readonly<Record<string, { readonly schema?: { readonly $ref?: string } }>>;
}

function liftReferences(operation: Operation): void {
  const { requestBody, responses } = operation;
  if (requestBody !== undefined) operation.requestBody = lifted(requestBody, '#/components/requestBodies/');
  for (const [status, response] of Object.entries(responses)) {
    responses[status] = lifted(response, '#/components/responses/');
  }
}

/**
 * The query beside a body is that of bodies of lines. Swagger UI sends the defaults of parameters with every body, and a
 * JSON body takes no query.
 */
function withoutDefault({ schema, ...parameter }: Parameter): Parameter {
  const { default: whatItIs, description = '', ...rest } = schema;
  const otherwise = whatItIs === undefined ? '' : ` Without it: ${whatItIs}.`;
  return { ...parameter, schema: { ...rest, description: `Of a body of lines. ${description}${otherwise}` } };
}

/** A parameter that takes one of what others take a list of has its first. */
function exampleOf({ name, schema }: Parameter, examples: Readonly<Record<string, unknown>>): { example?: unknown } {
  if (!(name in examples)) return {};
  const example = examples[name];
  return { example: schema.type === 'string' && Array.isArray(example) ? (example[0] as unknown) : example };
}

/** Readers look for it at the parameter, and fastify-zod-openapi leaves most at the schema. */
function liftDescription({ schema, ...parameter }: Parameter): Parameter {
  const { description, ...rest } = schema;
  return description === undefined ? { ...parameter, schema } : { ...parameter, description, schema: rest };
}

/** The reference that stands where a schema belongs, or the same content when there is none. */
function lifted(content: Content, prefix: string): Content {
  const misplaced = Object.values(content.content ?? {}).find((media) => media.schema?.$ref?.startsWith(prefix));
  return misplaced?.schema?.$ref === undefined ? content : { $ref: misplaced.schema.$ref };
}
