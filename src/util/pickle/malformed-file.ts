/** Thrown inside the readers for a file that is not what it should be; the message continues "The file … cannot be read: ". */
export class MalformedFile extends Error {}
