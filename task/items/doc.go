// Package items reads the items of distributed Map states and writes their results: what ItemReader and ResultWriter ask for, over
// any [task.Objects].
//
// [Read] yields the items of a [Source]: a JSON, JSON Lines or CSV object, the objects that an S3 inventory or an Athena manifest
// lists, a list of objects, or the items in all objects of a list. It reads as it goes: a JSON array of any length takes no more
// memory than its largest element. [Write] leaves the results in files and a manifest, as AWS does; [Shape] gives them as a document.
//
// Items are documents, [value.Value], so this package is for hosts. What is not supported is refused with the error that becomes
// the cause of States.ItemReaderFailed: Parquet, inventories in ORC or Parquet.
//
// Source: AWS Step Functions Developer Guide, "ItemReader (Map)" and "ResultWriter (Map)"; texts and treatment of odd rows are
// recorded.
package items
